"""Reports about conduct: who handles them, the steps of the code of conduct, and appeals."""
