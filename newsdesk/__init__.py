"""What is news, and the record: the words and the database that the crawler and the alerts share."""
