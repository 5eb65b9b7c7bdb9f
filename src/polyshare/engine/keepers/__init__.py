"""Those who keep what is shared: made from the directory, asked, told, and their drives."""
