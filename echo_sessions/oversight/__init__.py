"""What those who answer for a program look at: who may do what and why, what was done, and counts that betray nobody."""
