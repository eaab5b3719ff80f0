"""Text: paragraphs, sentences, windows, tags, trees, anchors."""
