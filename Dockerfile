# The service as an image: no root, no shell for its user, nothing written outside memory and the mounted data.
#   docker build -t iliac-cds .
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
WORKDIR /src
# Without pip in it: what is served holds nothing that installs.
RUN python -m venv --without-pip /opt/iliac-cds
COPY requirements.lock ./
RUN pip --python /opt/iliac-cds/bin/python install -q --no-cache-dir -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY cards ./cards
COPY fhir_fixtures ./fhir_fixtures
COPY cds_service ./cds_service
RUN pip --python /opt/iliac-cds/bin/python install -q --no-cache-dir --no-deps .

FROM python:${PYTHON}-slim
ENV PATH=/opt/iliac-cds/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin iliac \
    && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /opt/iliac-cds /opt/iliac-cds
USER 10001:10001
WORKDIR /data
# Only where no PostgreSQL is used: the embedded store.
ENV ILIAC_CDS_DATA_DIR=/data
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:5000/healthz', timeout=2)"]
ENTRYPOINT ["iliac-cds"]
CMD ["serve", "--host", "0.0.0.0", "--port", "5000", "--workers", "2"]
