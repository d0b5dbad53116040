"""The pages: the books there are, a new one with its cover, and a cover."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from books.models import Book

EDITION = 1


@csrf_exempt
def books(request):
    """All titles, or a new book of a form."""
    if request.method == "POST":
        Book.objects.create(title=request.POST["title"], cover=request.FILES.get("cover"))
    titles = list(Book.objects.order_by("title").values_list("title", flat=True))
    return JsonResponse({"edition": EDITION, "books": titles})


def cover(request, name):
    """What was uploaded with a book."""
    if not default_storage.exists(name):
        raise Http404
    return FileResponse(default_storage.open(name))
