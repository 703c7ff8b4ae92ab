"""Renderings of the page: HTML, Markdown and CSV."""
