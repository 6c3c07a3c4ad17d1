"""The browser's ES modules and style sheets, and what joins them into one module."""
