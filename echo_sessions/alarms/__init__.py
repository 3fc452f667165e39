"""What looks wrong and is told to the hub's owners: many cases opened, much taken away, a break in the audit's chain."""
