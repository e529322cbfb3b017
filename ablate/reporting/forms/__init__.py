"""The forms that a report and its numbers are written in besides Markdown: plain values in, text or bytes out."""
