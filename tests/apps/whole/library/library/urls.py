"""What the library answers."""

from books import views
from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("", views.books),
    path("covers/<path:name>", views.cover),
    path("admin/", admin.site.urls),
]
