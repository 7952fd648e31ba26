"""The commands of `taikubot`: a module for each group, which `bot.cli` puts together."""
