# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock \
    && python -m venv --without-pip /opt/connector \
    && /opt/build/bin/pip --python /opt/connector/bin/python install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY connector connector
RUN /opt/build/bin/python -m hatchling build -t wheel -d /dist \
    && /opt/build/bin/pip --python /opt/connector/bin/python install --no-cache-dir --no-deps /dist/*.whl

FROM python:3.13-slim
# The image runs one program: no package installer stays in it.
RUN python -m pip uninstall --yes --root-user-action=ignore pip \
    && useradd --system --uid 10001 --home-dir /var/lib/connector --create-home connector
COPY --from=build /opt/connector /opt/connector
ENV PATH=/opt/connector/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CONNECTOR_CONFIG=/etc/connector
USER 10001
# A relative state.url, such as the default, lies below this directory.
WORKDIR /var/lib/connector
VOLUME /var/lib/connector
# Healthy: the config loads without a fault and the state database answers.
HEALTHCHECK --interval=5m --timeout=20s --start-period=10s CMD ["connector", "runs"]
ENTRYPOINT ["connector"]
CMD ["sync"]
