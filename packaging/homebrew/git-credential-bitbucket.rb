# A template: `packaging/fill` puts in the version, the address and the checksums.
class GitCredentialBitbucket < Formula
  desc "Git credential helper for Bitbucket Cloud and Bitbucket Data Center"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/git-credential-bitbucket-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256 aarch64-apple-darwin.tar.gz@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/git-credential-bitbucket-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256 x86_64-apple-darwin.tar.gz@"
    end
  end

  on_linux do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/git-credential-bitbucket-@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256 aarch64-unknown-linux-musl.tar.gz@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/git-credential-bitbucket-@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256 x86_64-unknown-linux-musl.tar.gz@"
    end
  end

  def install
    bin.install "git-credential-bitbucket"
    man1.install "man/git-credential-bitbucket.1"
    bash_completion.install "completions/git-credential-bitbucket.bash" => "git-credential-bitbucket"
    zsh_completion.install "completions/_git-credential-bitbucket"
    fish_completion.install "completions/git-credential-bitbucket.fish"
    pkgshare.install "completions/git-credential-bitbucket.ps1"
    prefix.install "LICENSE-MIT", "LICENSE-APACHE"
  end

  def caveats
    <<~EOS
      To make Git ask it about your Bitbuckets:
        git credential-bitbucket configure
    EOS
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/git-credential-bitbucket --version")
    assert_empty pipe_output("#{bin}/git-credential-bitbucket get", "protocol=https\nhost=example.com\n\n", 0)
  end
end
