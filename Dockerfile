# Two stages: the first builds a virtual environment from locked, hashed packages; the second holds it and nothing else.
# With --build-arg RENDER=1 it also holds Chromium, for outlets whose pages need a browser.
ARG RENDER=
FROM python:3.11-slim-bookworm AS build
ARG RENDER
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements/build.lock requirements/run.lock requirements/render.lock requirements/
RUN python3 -m venv /opt/build && /opt/build/bin/pip install -q --require-hashes -r requirements/build.lock \
 && python3 -m venv /opt/venv && /opt/venv/bin/pip install -q --require-hashes -r "requirements/$([ -n "$RENDER" ] && echo render || echo run).lock"
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY newsdesk newsdesk
COPY crawler crawler
COPY alerts alerts
COPY tocsin tocsin
RUN /opt/build/bin/pip wheel -q --no-deps --no-build-isolation -w wheel . \
 && /opt/venv/bin/pip install -q --no-deps wheel/*.whl

FROM python:3.11-slim-bookworm
ARG RENDER
RUN if [ -n "$RENDER" ]; then \
      apt-get update && apt-get install -y --no-install-recommends chromium && rm -rf /var/lib/apt/lists/*; \
    fi
COPY --from=build /opt/venv /opt/venv
RUN mkdir /data && chown 10001:10001 /data
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 TOCSIN_CONFIG=/data
USER 10001:10001
VOLUME /data
WORKDIR /data
EXPOSE 8480
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s --retries=3 CMD ["tocsin", "health"]
ENTRYPOINT ["tocsin"]
CMD ["run", "--init"]
