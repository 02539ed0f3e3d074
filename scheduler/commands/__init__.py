"""The commands, a module each: what they print is for people, --json for programs."""
