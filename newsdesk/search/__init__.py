"""What narrows the archive to the articles that a query may match."""
