"""Books, each with a cover that was uploaded."""

from django.db import models


class Book(models.Model):
    """One of them."""

    title = models.CharField(max_length=200, unique=True)
    cover = models.FileField(blank=True)

    def __str__(self):
        return self.title
