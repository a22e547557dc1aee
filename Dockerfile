# fedsim in a small image: docker build -t fedsim . && docker run --rm -v "$PWD:/work" fedsim run experiment.yaml
FROM swift:6.2-bookworm AS build
RUN apt-get update \
  && apt-get install -y --no-install-recommends \
    binutils git libdeflate-dev libopenblas-dev libsqlite3-dev make pkg-config python3 zlib1g-dev \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN make dist && make install PREFIX=/usr/local DESTDIR=/out

FROM debian:bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends gnuplot-nox fonts-dejavu-core libstdc++6 \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/usr/local /usr/local
WORKDIR /work
ENTRYPOINT ["fedsim"]
CMD ["--help"]
