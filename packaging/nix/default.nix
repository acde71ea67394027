# nix-env -if packaging/nix, or `pkgs.callPackage` from a configuration of yours; built from this very checkout.
{ pkgs ? import <nixpkgs> { } }:

pkgs.rustPlatform.buildRustPackage {
  pname = "git-credential-bitbucket";
  version = (builtins.fromTOML (builtins.readFile ../../Cargo.toml)).workspace.package.version;

  src = pkgs.lib.cleanSource ../..;
  cargoLock.lockFile = ../../Cargo.lock;
  cargoBuildFlags = [ "--package" "git-credential-bitbucket" ];
  # the stories want a desktop's keyring, an LDAP server and a browser
  doCheck = false;

  nativeBuildInputs = [ pkgs.installShellFiles ];
  postInstall = ''
    installManPage packaging/man/git-credential-bitbucket.1
    installShellCompletion --cmd git-credential-bitbucket \
      --bash completions/git-credential-bitbucket.bash \
      --fish completions/git-credential-bitbucket.fish \
      --zsh completions/_git-credential-bitbucket
    install -Dm644 LICENSE-MIT LICENSE-APACHE -t $out/share/licenses/git-credential-bitbucket
  '';

  meta = {
    description = "Git credential helper for Bitbucket Cloud and Bitbucket Data Center";
    license = with pkgs.lib.licenses; [ mit asl20 ];
    mainProgram = "git-credential-bitbucket";
  };
}
