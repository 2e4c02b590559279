"""How tills and HQ agree. No Qt."""
