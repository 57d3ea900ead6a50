"""How calls travel: sessions, retries, concurrency, credits, and refusals as exceptions. The only folder that knows httpx2."""
