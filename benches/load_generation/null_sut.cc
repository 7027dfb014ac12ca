// A system under test that answers at once, under MLPerf's LoadGen: all that is measured is the load generator.
//
//     null_sut single-stream QUERIES FOLDER
//     null_sut server QPS QUERIES FOLDER
//
// Prints one line: nanoseconds from the first query to the end of issuing, and those of the whole test with setting up and
// summing up. Latencies are in FOLDER/mlperf_log_summary.txt.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "loadgen.h"
#include "query_sample_library.h"
#include "system_under_test.h"
#include "test_settings.h"

namespace {

using Clock = std::chrono::steady_clock;

long long Nanoseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count();
}

class NullSystem : public mlperf::SystemUnderTest {
 public:
  const std::string& Name() override { return name_; }

  void IssueQuery(const std::vector<mlperf::QuerySample>& samples) override {
    if (!begun_) {
      begun_ = true;
      first_ = Clock::now();
    }
    mlperf::QuerySampleResponse response(samples[0].id, 0, 0);
    mlperf::QuerySamplesComplete(&response, 1);
  }

  // LoadGen calls this right after the last query.
  void FlushQueries() override { last_ = Clock::now(); }

  long long Issuing() const { return Nanoseconds(first_, last_); }

 private:
  std::string name_ = "null";
  bool begun_ = false;
  Clock::time_point first_, last_;
};

class NullLibrary : public mlperf::QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return 1024; }
  size_t PerformanceSampleCount() override { return 1024; }
  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>&) override {}
  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>&) override {}

 private:
  std::string name_ = "null";
};

}  // namespace

int main(int argc, char** argv) {
  const std::string scenario = argc > 1 ? argv[1] : "";
  const bool server = scenario == "server" && argc == 5;
  if (!server && !(scenario == "single-stream" && argc == 4)) {
    std::fprintf(stderr, "usage: null_sut single-stream QUERIES FOLDER | null_sut server QPS QUERIES FOLDER\n");
    return 2;
  }
  mlperf::TestSettings settings;
  settings.mode = mlperf::TestMode::PerformanceOnly;
  settings.min_duration_ms = 0;
  settings.min_query_count = std::strtoull(argv[argc - 2], nullptr, 10);
  settings.max_query_count = settings.min_query_count;
  if (server) {
    settings.scenario = mlperf::TestScenario::Server;
    settings.server_target_qps = std::strtod(argv[2], nullptr);
    settings.server_target_latency_ns = 1000000000;
  } else {
    settings.scenario = mlperf::TestScenario::SingleStream;
    // What it plans memory by.
    settings.single_stream_expected_latency_ns = 1000;
  }
  mlperf::LogSettings log;
  log.log_output.outdir = argv[argc - 1];
  log.enable_trace = false;

  NullSystem system;
  NullLibrary library;
  const Clock::time_point begun = Clock::now();
  mlperf::StartTest(&system, &library, settings, log);
  const Clock::time_point ended = Clock::now();
  std::printf("%lld %lld\n", system.Issuing(), Nanoseconds(begun, ended));
  return 0;
}
