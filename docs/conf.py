"""How Sphinx makes the site of these pages.

    sphinx-build -W --keep-going -b html docs docs/_build

`-D plot_gallery=0` leaves the examples unexecuted, which makes a build a matter of seconds.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

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
    "mathml",
    "public_names",
    "repository_links",
]
exclude_patterns = ["_build", "tutorials/*.ipynb", "tutorials/*.json"]
templates_path = ["_templates"]

# Every reference must lead somewhere. What other packages define has no page here: the site is
# built, and read, without a network.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(collections|keras|np|numpy|pandas|pathlib|pd|os|sklearn|typing|tensorflow)\..*"),
    ("py:class", r"keras_gan_kit\..*\._.*"),  # modules that are not public
    ("py:class", r"[A-Za-z]+|optional"),
]

# Pages are plain Markdown, for they are read in the repository too.
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
    "examples_dirs": "../examples",
    "gallery_dirs": "tutorials",
    "filename_pattern": r"\.py$",
    "image_scrapers": ("gallery_settings.written_pictures",),
    "reset_argv": "gallery_settings.small_settings",
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
