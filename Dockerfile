# syntax=docker/dockerfile:1
# One static program, and the few files that it looks for, on nothing.
#
#   docker build --build-arg VERSION=2.5.0 -t ghcr.io/yldm-tech/creativestore:2.5.0 .
#
# How the program is built and which files lie beside it is said once, in xtask/src/image. `cargo xtask image` makes them on
# this machine and has the final stage below built from them, without the first one and so without a base image.

FROM docker.io/library/rust:1.95.0-bookworm AS build
WORKDIR /source
COPY . .
# The registry and everything that was built of it stay with the builder: a change of ours builds what is ours. The program
# is for the processor that this stage runs on; `--platform linux/arm64` makes that another one.
ARG TARGETARCH
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target,id=creativestore-${TARGETARCH} \
    cargo xtask image --files /image

FROM scratch
COPY --from=build /image/ /
# CONFIG_FILE of the deployment is relative to it.
WORKDIR /root
# By number: a cluster that asks for somebody other than root does not look into /etc/passwd.
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
# A pod of the deployment has a fifth of a processor: two threads that serve only take turns, and answer up to a quarter less.
# Where there is more, SERVER_THREADS says so.
ENV SERVER_THREADS=1
# Memory that a burst took goes back to the system: unless it is told, glibc raises these bounds with what is freed, and keeps
# an arena for every thread, each with its own leftovers.
ENV GLIBC_TUNABLES=glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=131072:glibc.malloc.trim_threshold=131072
ENTRYPOINT ["creativestore"]
CMD ["serve"]
ARG VERSION=dev
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="creativestore" \
      org.opencontainers.image.description="The open, self-hosted system of record for advertising creatives" \
      org.opencontainers.image.url="https://github.com/yldm-tech/creativestore" \
      org.opencontainers.image.source="https://github.com/yldm-tech/creativestore" \
      org.opencontainers.image.documentation="https://github.com/yldm-tech/creativestore/blob/main/deploy/README.md" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
