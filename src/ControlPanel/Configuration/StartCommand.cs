using System.Globalization;
using static System.StringComparison;

namespace ControlPanel.Configuration;

/// <summary>How the server is to run, as the command line says it.</summary>
public sealed record StartOptions
{
    /// <summary>Example people, namespaces and in-process upstreams; loopback only.</summary>
    public bool Demo { get; init; }

    /// <summary>The data folder, absolute: database, master key and data-protection keys.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The panel's port; the gateways follow. 0: any free ports (tests).</summary>
    public int BasePort { get; init; } = 5000;
}

/// <summary>What the command line asks for.</summary>
public abstract record StartCommand
{
    private StartCommand() { }

    /// <summary>Show the options.</summary>
    public sealed record Help : StartCommand;

    /// <summary>A wrong option; the message says which and what is right.</summary>
    public sealed record Invalid(string Message) : StartCommand;

    /// <summary>Start the server.</summary>
    public sealed record Serve(StartOptions Options) : StartCommand;

    /// <summary>Let an owner in again who lost every way in.</summary>
    public sealed record ResetOwner(string Email, StartOptions Options) : StartCommand;

    /// <summary>Fill the data folder's database with example keys and audit entries, to measure with.</summary>
    public sealed record Seed(string DataFolder, int Keys, int AuditEntries) : StartCommand;

    /// <summary>Take over shared credentials of namespaces from before access keys.</summary>
    public sealed record ImportLegacy(string File, string DataFolder, bool DryRun) : StartCommand;

    /// <summary>Take over model keys of an earlier issuer.</summary>
    /// <param name="Team">The team's name or id; <see langword="null"/>: the only one.</param>
    public sealed record ImportModels(string File, string DataFolder, bool DryRun, string? Team) : StartCommand;

    /// <summary>The options.</summary>
    public const string Usage = """
        Usage: ./run [--demo] [--data DIR] [--base-port N] [--help]
               ./run admin reset-owner EMAIL [--data DIR]
               ./run import legacy FILE [--dry-run] [--data DIR]
               ./run import legacy-models FILE [--team NAME] [--dry-run] [--data DIR]
               ./run seed --keys N --audit M [--data DIR]

          --demo         start with example people, keys and upstreams; loopback only
          --data DIR     where everything is kept (default: ./data, with --demo ./data/demo)
          --base-port N  N panel, /v2 and /verify; N+1 Functions; N+2 Spaces; N+3 Inference (default: 5000)
          --help         this text

          admin reset-owner EMAIL
                         with the server stopped: gives an owner who is locked out a temporary password, takes
                         authenticator app, recovery codes and passkeys away, ends every session, and says so in
                         the activity log; access keys and API tokens go on working

          import legacy FILE
                         with the server stopped: takes over shared credentials of namespaces from a file with
                         lines namespace,uuid,key; all or none; --dry-run only says what would happen

          import legacy-models FILE
                         the same for model keys of an earlier issuer: lines name,owner,key; the owner is a member's
                         e-mail address or empty, the key itself or its SHA-256 in hexadecimal digits; --team names
                         the team where there are several

          seed           add N keys and M audit entries to the team that was set up first, to measure with;
                         the panel must not be running

        More is set by environment variables, for example
          CONTROLPANEL__LISTEN=0.0.0.0                    listen beyond the loopback (put TLS in front)
          CONTROLPANEL__TRUSTEDPROXIES__0=10.0.0.0/8      believe X-Forwarded-For from these peers
          CONTROLPANEL__STORE__POSTGRES="Host=…"          PostgreSQL instead of the embedded SQLite
          CONTROLPANEL__MAIL__HOST=mail.example.com       send invitations by mail (also PORT, USERNAME, PASSWORD, FROM)
          CONTROLPANEL__LEGACYCUTOFF=2027-03-31           refuse shared legacy credentials of namespaces from this day on
          CONTROLPANEL__PUBLIC__PANEL=https://panel…      addresses to show in snippets (also FUNCTIONS, SPACES, INFERENCE);
                                                          the panel's is also the one that passkeys are for
        """;

    private const int DefaultPort = 5000;

    /// <summary>Reads the arguments. Relative paths are relative to where the user stands.</summary>
    /// <param name="directory">That place.</param>
    public static StartCommand Parse(IReadOnlyList<string> args, string directory) =>
        args switch
        {
            ["admin", ..] => ParseAdmin([.. args.Skip(1)], directory),
            ["import", ..] => ParseImport(args, directory),
            ["seed", ..] => ParseSeed(args, directory),
            _ => ParseServe(args, directory),
        };

    private static StartCommand ParseAdmin(IReadOnlyList<string> args, string directory)
    {
        if (args.Any(a => a is "--help" or "-h"))
        {
            return new Help();
        }

        if (args.Count == 0 || args[0] != "reset-owner")
        {
            return new Invalid("admin knows reset-owner EMAIL; ./run --help explains it");
        }

        if (args.Count < 2 || args[1].StartsWith("--", Ordinal))
        {
            return new Invalid("admin reset-owner needs the owner's e-mail address");
        }

        // The server's own options name the data; a port would mean nothing here.
        return ParseServe([.. args.Skip(2)], directory) switch
        {
            Serve { Options: { BasePort: DefaultPort } options } => new ResetOwner(args[1], options),
            Serve => new Invalid("admin reset-owner takes no --base-port"),
            var other => other,
        };
    }

    private static StartCommand ParseServe(IReadOnlyList<string> args, string directory)
    {
        var demo = false;
        string? data = null;
        var basePort = DefaultPort;
        for (var i = 0; i < args.Count; i++)
        {
            switch (args[i])
            {
                case "--help" or "-h":
                    return new Help();
                case "--demo":
                    demo = true;
                    break;
                case "--data"
                    when i + 1 < args.Count && args[i + 1] is { Length: > 0 } next && !next.StartsWith("--", Ordinal):
                    data = args[++i];
                    break;
                case "--data":
                    return new Invalid("--data needs a folder, for example --data ./data");
                case "--base-port" when i + 1 < args.Count:
                    if (
                        !int.TryParse(args[++i], NumberStyles.None, CultureInfo.InvariantCulture, out basePort)
                        || basePort is < 1 or > 65532
                    )
                    {
                        return new Invalid($"--base-port needs a number from 1 to 65532, not {args[i]}");
                    }

                    break;
                case "--base-port":
                    return new Invalid("--base-port needs a number from 1 to 65532");
                default:
                    return new Invalid($"Unknown option {args[i]}; ./run --help shows the options");
            }
        }

        var folder = data ?? (demo ? Path.Combine("data", "demo") : "data");
        return new Serve(
            new StartOptions
            {
                Demo = demo,
                DataFolder = Path.GetFullPath(folder, directory),
                BasePort = basePort,
            }
        );
    }

    private static StartCommand ParseImport(IReadOnlyList<string> args, string directory)
    {
        if (
            args.Count < 3
            || args[1] is not ("legacy" or "legacy-models")
            || args[2].Length == 0
            || args[2].StartsWith("--", Ordinal)
        )
        {
            return new Invalid("import knows legacy FILE and legacy-models FILE; ./run --help explains them");
        }

        var isModels = args[1] == "legacy-models";
        var (data, dryRun) = ("data", false);
        string? team = null;
        for (var i = 3; i < args.Count; i++)
        {
            var next = i + 1 < args.Count && !args[i + 1].StartsWith("--", Ordinal) ? args[i + 1] : "";
            switch (args[i])
            {
                case "--dry-run":
                    dryRun = true;
                    break;
                case "--data" when next.Length > 0:
                    data = args[++i];
                    break;
                case "--data":
                    return new Invalid("--data needs a folder, for example --data ./data");
                case "--team" when isModels && next.Length > 0:
                    team = args[++i];
                    break;
                case "--team" when isModels:
                    return new Invalid("--team needs a team's name or id");
                default:
                    return new Invalid($"Unknown option {args[i]} of import; ./run --help shows the options");
            }
        }

        var (file, folder) = (Path.GetFullPath(args[2], directory), Path.GetFullPath(data, directory));
        return isModels ? new ImportModels(file, folder, dryRun, team) : new ImportLegacy(file, folder, dryRun);
    }

    private static StartCommand ParseSeed(IReadOnlyList<string> args, string directory)
    {
        const int most = 10_000_000;
        var (keys, audit, data) = (0, 0, "data");
        for (var i = 1; i < args.Count; i++)
        {
            var value = i + 1 < args.Count ? args[i + 1] : "";
            var isNumber =
                int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most;
            switch (args[i])
            {
                case "--keys" when isNumber:
                    keys = number;
                    break;
                case "--audit" when isNumber:
                    audit = number;
                    break;
                case "--keys" or "--audit":
                    return new Invalid($"{args[i]} needs a number from 0 to {most}, for example {args[i]} 10000");
                case "--data" when value.Length > 0 && !value.StartsWith("--", Ordinal):
                    data = value;
                    break;
                case "--data":
                    return new Invalid("--data needs a folder, for example --data ./data");
                default:
                    return new Invalid($"Unknown option {args[i]} of seed; ./run --help shows the options");
            }

            i++;
        }

        return keys + audit == 0
            ? new Invalid("seed needs a number of keys or entries, for example ./run seed --keys 10000 --audit 100000")
            : new Seed(Path.GetFullPath(data, directory), keys, audit);
    }
}
