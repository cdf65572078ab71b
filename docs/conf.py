"""Builds the site with Sphinx.

    sphinx-build -W --keep-going -b html docs docs/_build

With `-D plot_gallery=0` the tutorials are not executed, and a build takes seconds.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from gallery_settings import FIRST_CELL  # noqa: E402

import keras_gan_kit  # noqa: E402

project = "keras_gan_kit"
author = project_copyright = "the authors of keras_gan_kit"
version = release = keras_gan_kit.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
    # Of this folder:
    "docstrings",
    "line_breaks",
    "mathml",
    "public_names",
    "repository_links",
]
exclude_patterns = ["_build", "tutorials/*.ipynb", "tutorials/*.json"]
templates_path = ["_templates"]

# Every reference must have a target. The site is built without a network, so names of other
# packages have none.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(collections|keras|np|numpy|pandas|pathlib|pd|os|sklearn|typing|tensorflow)\..*"),
    ("py:class", r"keras_gan_kit\..*\._.*"),  # modules that are not public
    ("py:class", r"[A-Za-z]+|optional"),
]

# Pages are plain Markdown, because they are also read in the repository.
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

# In docstrings single backticks are code, as in Markdown.
default_role = "literal"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autosummary_generate = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_maximum_signature_line_length = 88

sphinx_gallery_conf = {
    "examples_dirs": "../tutorials",
    "gallery_dirs": "tutorials",
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": ("gallery_settings.written_pictures",),
    "reset_modules": ("gallery_settings.start_anew",),
    "first_notebook_cell": FIRST_CELL,
    "abort_on_example_error": True,
    "capture_repr": (),
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
}

html_theme = "furo"
html_title = f"{project} {version}"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
