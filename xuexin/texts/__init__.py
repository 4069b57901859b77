"""Words of messages: which ones the office may write, and the writing of them."""
