"""The places where people are: one room each, none of which knows another."""
