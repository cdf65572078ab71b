"""Reads, scales, batches and augments data.

Images are float32 in [-1, 1], channels last, unless you pass another `value_range`.
"""

import typing as _typing

from keras_gan_kit.data.array_dataset import ArrayDataset as ArrayDataset
from keras_gan_kit.data.augment import pair_augmentation as pair_augmentation
from keras_gan_kit.data.dicom_images import DicomImages as DicomImages
from keras_gan_kit.data.differentiable_augment import (
    DifferentiableAugment as DifferentiableAugment,
)
from keras_gan_kit.data.ecg_pages import ecg_pages as ecg_pages
from keras_gan_kit.data.from_uint8 import from_uint8 as from_uint8
from keras_gan_kit.data.image_pairs import ImagePairs as ImagePairs
from keras_gan_kit.data.images_from_binary import images_from_binary as images_from_binary
from keras_gan_kit.data.images_from_dicom import images_from_dicom as images_from_dicom
from keras_gan_kit.data.images_from_directory import (
    images_from_directory as images_from_directory,
)
from keras_gan_kit.data.images_from_nifti import images_from_nifti as images_from_nifti
from keras_gan_kit.data.joint_cohort import joint_cohort as joint_cohort
from keras_gan_kit.data.labeled_images import LabeledImages as LabeledImages
from keras_gan_kit.data.labels_from_binary import labels_from_binary as labels_from_binary
from keras_gan_kit.data.nifti_slices import NiftiSlices as NiftiSlices
from keras_gan_kit.data.paired_dataset import PairedDataset as PairedDataset
from keras_gan_kit.data.paired_images import paired_images as paired_images
from keras_gan_kit.data.read_table import read_table as read_table
from keras_gan_kit.data.signals_from_wfdb import signals_from_wfdb as signals_from_wfdb
from keras_gan_kit.data.to_uint8 import to_uint8 as to_uint8
from keras_gan_kit.data.unpaired_dataset import UnpairedDataset as UnpairedDataset
from keras_gan_kit.data.wfdb_signals import WfdbSignals as WfdbSignals

if _typing.TYPE_CHECKING:
    from keras_gan_kit.data.table_transformer import TableTransformer as TableTransformer


def __getattr__(name: str) -> _typing.Any:
    # Imported on first use: scikit-learn takes longer to import than this package.
    if name != "TableTransformer":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from keras_gan_kit.data.table_transformer import TableTransformer

    globals()[name] = TableTransformer
    return TableTransformer


def __dir__() -> list[str]:
    return sorted({*globals(), "TableTransformer"})
