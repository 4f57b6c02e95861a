"""Who calls when and for how long."""
