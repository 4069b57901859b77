"""The help: questions and answers that the office writes, and everybody reads under /help/."""
