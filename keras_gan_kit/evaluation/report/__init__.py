"""Reports: their scores, sections, figures and page."""
