"""What people may ask about their own data: to have it, to have it forgotten; and how long everything is kept."""
