"""What the real plugins say of their types: two files of data, measured once, and the table that is made of them."""
