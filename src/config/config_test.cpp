#include "config/config.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <set>
#include <unistd.h>

#include "config/load.hpp"
#include "config/settings.hpp"

namespace mih::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A directory of its own with a configuration file in it.
class Configuration : public ::testing::Test {
 protected:
  Configuration() {
    std::string name = ::testing::TempDir() + "mihcfgXXXXXX";
    dir_ = mkdtemp(name.data());
    inputs_.working_dir = dir_;
  }
  ~Configuration() override { std::filesystem::remove_all(dir_); }

  void file(const std::string& text) {
    inputs_.file = dir_ / "mih.toml";
    std::ofstream(*inputs_.file) << text;
  }
  Config loaded() {
    auto config = load(inputs_);
    EXPECT_TRUE(config.has_value()) << faults(config);
    return config ? std::move(*config) : Config{};
  }
  std::string refused() {
    auto config = load(inputs_);
    EXPECT_FALSE(config.has_value());
    return config ? "" : faults(config);
  }
  static std::string faults(const Result<Config>& config) {
    std::string all;
    if (config) return all;
    EXPECT_EQ(config.error().code, ErrorCode::kConfigInvalid);
    for (const FieldError& fault : config.error().fields) {
      all += fault.field + ": " + fault.message + "\n";
    }
    return all;
  }
  static Source source_of(const Config& config, std::string_view key) {
    return config.sources[static_cast<std::size_t>(find_setting(key) - settings().data())];
  }

  std::filesystem::path dir_;
  Inputs inputs_;
};

TEST_F(Configuration, DefaultsNeedNoFile) {
  const Config config = loaded();
  EXPECT_EQ(config.listen, "127.0.0.1:8085");
  EXPECT_EQ(config.min_free_disk, 268435456);
  EXPECT_EQ(config.max_body, 16777216);
  EXPECT_TRUE(config.file.empty());
  EXPECT_TRUE(config.data.is_absolute());
  EXPECT_EQ(config.socket, config.data / "mih.sock");
  EXPECT_EQ(config.admin_socket(), config.data / "admin.sock");
  EXPECT_EQ(source_of(config, "listen"), Source::kDefault);
}

TEST_F(Configuration, LocalDataDirectoryWinsWhenItExists) {
  std::filesystem::create_directory(dir_ / "mih-data");
  EXPECT_EQ(loaded().data, dir_ / "mih-data");
}

TEST_F(Configuration, FindsMihTomlInTheWorkingDirectory) {
  file("max_connections = 7");
  inputs_.file.reset();
  EXPECT_EQ(loaded().max_connections, 7);
}

TEST_F(Configuration, FlagOverVariableOverFileOverDefault) {
  file("listen = \"127.0.0.1:1\"\nmax_connections = 1\nlog_level = \"warn\"\n");
  inputs_.variables = {{"MIH_LISTEN", "127.0.0.1:2"}, {"MIH_MAX_CONNECTIONS", "2"}};
  inputs_.flags = {{"listen", "127.0.0.1:3"}};
  const Config config = loaded();
  EXPECT_EQ(config.listen, "127.0.0.1:3");
  EXPECT_EQ(config.max_connections, 2);
  EXPECT_EQ(config.log_level, LogLevel::kWarn);
  EXPECT_EQ(source_of(config, "listen"), Source::kFlag);
  EXPECT_EQ(source_of(config, "max_connections"), Source::kVariable);
  EXPECT_EQ(source_of(config, "log_level"), Source::kFile);
  EXPECT_EQ(source_of(config, "log_format"), Source::kDefault);
}

TEST_F(Configuration, EveryTypeFromTheFile) {
  file(R"(
    insecure_listen = true
    data = "/srv/mih"
    socket = "/run/mih/mih.sock"
    allowed_private = ["127.0.0.0/8", "intranet.example", "::1"]
    min_free_disk = "2 GiB"
    max_body = 2097152
    idle_timeout = 1.5
    request_timeout = 10
    log_format = "json"
  )");
  const Config config = loaded();
  EXPECT_TRUE(config.insecure_listen);
  EXPECT_EQ(config.data, "/srv/mih");
  EXPECT_EQ(config.socket, "/run/mih/mih.sock");
  EXPECT_THAT(config.allowed_private, ElementsAre("127.0.0.0/8", "intranet.example", "::1"));
  EXPECT_EQ(config.min_free_disk, std::int64_t{2} << 30);
  EXPECT_EQ(config.max_body, 2097152);
  EXPECT_EQ(config.idle_timeout, std::chrono::milliseconds{1500});
  EXPECT_EQ(config.request_timeout, std::chrono::seconds{10});
  EXPECT_EQ(config.log_format, LogFormat::kJson);
}

TEST_F(Configuration, ListsInVariablesAreSeparatedByCommas) {
  inputs_.variables = {{"MIH_ALLOWED_PRIVATE", " 127.0.0.0/8, intranet.example,"}};
  EXPECT_THAT(loaded().allowed_private, ElementsAre("127.0.0.0/8", "intranet.example"));
}

TEST_F(Configuration, AnUnknownKeyStopsWithFileAndLine) {
  file("listen = \"127.0.0.1:0\"\nlisen = \"x\"\n");
  const std::string text = refused();
  EXPECT_THAT(text, HasSubstr("mih.toml:2:1: lisen"));
  EXPECT_THAT(text, HasSubstr("there are listen, insecure_listen"));
}

TEST_F(Configuration, AllFaultsAreReportedAtOnce) {
  file("max_connections = 0\nlog_level = \"loud\"\n[table]\na = 1\n");
  inputs_.variables = {{"MIH_MAX_BODY", "lots"}};
  inputs_.flags = {{"idle_timeout", "-1"}};
  const std::string text = refused();
  EXPECT_THAT(text, HasSubstr("mih.toml:1:1: max_connections: must be a whole number from 1 to "));
  EXPECT_THAT(text, HasSubstr("mih.toml:2:1: log_level: must be debug, info, warn, error"));
  EXPECT_THAT(text, HasSubstr("mih.toml:3"));
  EXPECT_THAT(text, HasSubstr("MIH_MAX_BODY: must be a size from 1 MiB to 1 GiB"));
  EXPECT_THAT(text, HasSubstr("--idle-timeout: must be a number of seconds from 1 to 3600"));
}

TEST_F(Configuration, WrongTomlTypesAreRefused) {
  for (const char* line :
       {"max_connections = \"7\"", "max_connections = 1.5", "insecure_listen = \"true\"",
        "insecure_listen = 1", "listen = 8085", "allowed_private = [1]", "listen = [\"a:1\"]",
        "log_level = 1", "idle_timeout = \"1\"", "data = false", "data = \"\"",
        "idle_timeout = nan", "idle_timeout = inf", "max_body = \"16 MB\"",
        "max_body = 9223372036854775807", "allowed_private = [\"10.0.0.0/33\"]",
        "allowed_private = [\"http://x\"]"}) {
    file(line);
    EXPECT_THAT(refused(), HasSubstr("mih.toml:1:1: ")) << line;
  }
}

TEST_F(Configuration, BrokenTomlNamesItsLine) {
  file("listen = \"127.0.0.1:0\"\nmax_body = = 3\n");
  EXPECT_THAT(refused(), HasSubstr("mih.toml:2:"));
}

TEST_F(Configuration, AFileThatWasAskedForMustExist) {
  inputs_.file = dir_ / "none.toml";
  EXPECT_THAT(refused(), HasSubstr("none.toml: cannot be read"));
  inputs_.file = dir_;
  EXPECT_THAT(refused(), HasSubstr("cannot be read"));
}

TEST_F(Configuration, TheFileCanBeNamedByAVariable) {
  file("max_connections = 7");
  inputs_.variables = {{"MIH_CONFIG", inputs_.file->string()}};
  inputs_.file.reset();
  inputs_.working_dir = dir_ / "elsewhere";
  EXPECT_EQ(loaded().max_connections, 7);
}

TEST_F(Configuration, UnknownVariablesOnlyWarn) {
  inputs_.variables = {{"MIH_PORT", "tcp://10.0.0.1:8085"}, {"MIH_TOKEN", "x"}};
  const Config config = loaded();
  ASSERT_EQ(config.warnings.size(), 1U);
  EXPECT_THAT(config.warnings, Contains(HasSubstr("MIH_PORT")));
}

TEST_F(Configuration, ListeningBeyondLoopbackMustBeWanted) {
  for (const char* address : {"0.0.0.0:8085", "[::]:8085", "192.0.2.1:80", "hub.example:80"}) {
    inputs_.flags = {{"listen", address}};
    EXPECT_THAT(refused(), HasSubstr("--insecure-listen")) << address;
    inputs_.flags["insecure_listen"] = "true";
    EXPECT_EQ(loaded().listen, address);
  }
  for (const char* address : {"127.0.0.2:0", "localhost:0", "[::1]:0"}) {
    inputs_.flags = {{"listen", address}};
    EXPECT_EQ(loaded().listen, address);
  }
}

TEST_F(Configuration, BadListenAddresses) {
  for (const char* address :
       {"", ":", "8085", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:8085",
        "[127.0.0.1]:1", "[::1]", "a b:1", "http://127.0.0.1:1", "127.0.0.1:80x"}) {
    inputs_.flags = {{"listen", address}};
    EXPECT_THAT(refused(), HasSubstr("HOST:PORT")) << address;
  }
}

TEST_F(Configuration, SocketPathsThatTheSystemCannotTakeAreRefused) {
  inputs_.flags = {{"data", "/" + std::string(120, 'd')}};
  EXPECT_THAT(refused(), HasSubstr("longer than 107 bytes"));
}

TEST_F(Configuration, PrintReadsBackAsTheSameConfiguration) {
  file("allowed_private = [\"10.0.0.0/8\", \"a.example\"]\nidle_timeout = 0.1e2\n");
  inputs_.variables = {{"MIH_SOCKET_GROUP", "www \"data\"\\"}};
  const Config first = loaded();
  const std::string text = print(first);
  EXPECT_THAT(text, HasSubstr("Now from: variable.\nsocket_group"));
  file(text);
  inputs_.variables.clear();
  const Config second = loaded();
  for (const Setting& setting : settings()) {
    EXPECT_EQ(value_text(setting, first), value_text(setting, second)) << setting.key;
  }
}

TEST(Settings, AreDescribedCompletely) {
  std::set<std::string_view> keys;
  for (const Setting& setting : settings()) {
    EXPECT_TRUE(keys.insert(setting.key).second) << setting.key;
    EXPECT_TRUE(setting.help.ends_with(".")) << setting.key;
    EXPECT_FALSE(allowed_values(setting).empty());
    EXPECT_EQ(find_setting(setting.key), &setting);
  }
  EXPECT_EQ(flag_of(*find_setting("min_free_disk")), "--min-free-disk");
  EXPECT_EQ(variable_of(*find_setting("min_free_disk")), "MIH_MIN_FREE_DISK");
}

TEST(Settings, DefaultsAreWithinTheirBounds) {
  for (const Setting& setting : settings()) {
    Config config;
    std::string text = value_text(setting, config);
    if (text.starts_with('"')) text = text.substr(1, text.size() - 2);
    if (text == "[]" || text.empty()) continue;
    EXPECT_TRUE(set_from_text(setting, text, config).has_value()) << setting.key;
  }
}

}  // namespace
}  // namespace mih::config
