"""The world becomes articles: polls outlets, reads pages, files what it finds."""
