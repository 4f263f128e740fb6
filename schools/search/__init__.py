"""Search from anywhere: communes, schools, classes and pupils inside the reader's places."""
