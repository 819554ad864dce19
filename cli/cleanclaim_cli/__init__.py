"""The commands of cleanclaim: arguments in, one library call, a report out."""
