"""A message becomes an Understanding: language, intents, entities, confidence, evidence."""
