"""Push: subscriptions to WebSub hubs, and what they deliver."""
