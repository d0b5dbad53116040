WORDS = "words"
