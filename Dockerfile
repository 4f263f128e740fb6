# The product as one image; web, worker and beat are the same image with another command.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATIC_MANIFEST=true \
    FILES_DIR=/srv/files

RUN useradd --system --uid 10001 --home-dir /srv/app app \
 && install -d -o app -g app /srv/files /srv/state

WORKDIR /srv/app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
# Neither step needs the database or the real key.
RUN export SECRET_KEY=only-while-the-image-is-built-00000000 DATABASE_URL=sqlite://:memory: \
 && python manage.py compile_translations \
 && python manage.py collectstatic --noinput

USER app
EXPOSE 8000
# Everything else of it is in gunicorn.conf.py.
CMD ["gunicorn", "lai_chau_edu.wsgi", "--bind", "0.0.0.0:8000"]
