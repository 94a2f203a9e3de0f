"""Steps of the story, one file a room; `tests/browser/test_story.py` puts them in order."""
