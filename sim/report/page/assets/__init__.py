"""Template, styles and scripts of pages."""
