using System.Globalization;
using System.Net;
using ControlPanel.Data.Providers;
using Microsoft.Extensions.Options;

namespace ControlPanel.Configuration;

/// <summary>What an operator sets for the whole process (section <c>ControlPanel</c>).</summary>
public sealed class PanelOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "ControlPanel";

    /// <summary>The address to listen on; the loopback unless set. Demo mode ignores it.</summary>
    public string Listen { get; set; } = "127.0.0.1";

    /// <summary>Peers whose <c>X-Forwarded-For</c> is believed, as CIDR ranges; none unless set.</summary>
    public List<string> TrustedProxies { get; set; } = [];

    /// <summary>The freshness lease in seconds, 1 to 60; the hard bound of every promise about revocation.</summary>
    public double LeaseSeconds { get; set; } = 3;

    /// <summary>This node's name in receipts.</summary>
    public string NodeName { get; set; } = Environment.MachineName;

    /// <summary>
    /// How long after proving who they are a person may mint secrets and invite without doing it again, in minutes; up to
    /// a day.
    /// </summary>
    public double StepUpMinutes { get; set; } = 15;

    /// <summary>
    /// The day from which on (00:00 UTC) shared legacy credentials of namespaces are refused, where a namespace has no
    /// date of its own: <c>2027-03-31</c>. Empty: never.
    /// </summary>
    public string LegacyCutOff { get; set; } = "";

    public StoreOptions Store { get; set; } = new();

    public PublicOptions Public { get; set; } = new();

    public InferenceOptions Inference { get; set; } = new();

    public SpacesOptions Spaces { get; set; } = new();

    public MailOptions Mail { get; set; } = new();

    public WebhookOptions Webhooks { get; set; } = new();

    public RetentionOptions Retention { get; set; } = new();

    /// <summary><see cref="LegacyCutOff"/> as an instant; <see langword="null"/> without one.</summary>
    internal DateTimeOffset? LegacyCutOffAt =>
        DateOnly.TryParseExact(
            LegacyCutOff,
            "yyyy-MM-dd",
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var day
        )
            ? new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero)
            : null;

    private static readonly (string Name, Func<string, bool> IsReadable, string Rule, string StandIn)[] s_notText =
    [
        (
            "LeaseSeconds",
            static t => double.TryParse(t, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
            "from 1 to 60",
            "1"
        ),
        (
            "Inference:MaxBodyBytes",
            static t => int.TryParse(t, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            "from 1024 to 1073741824",
            "1024"
        ),
        ("Inference:AllowUnknownPaths", static t => bool.TryParse(t, out _), "true or false", "false"),
        (
            "Mail:Port",
            static t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            "from 1 to 65535",
            "587"
        ),
        ("Mail:StartTls", static t => bool.TryParse(t, out _), "true or false", "true"),
        (
            "Retention:UsageDays",
            static t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            "from 31 to 3650",
            "90"
        ),
        (
            "Retention:RefusedUses",
            static t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            "from 1000 to 10000000",
            "100000"
        ),
        ("Webhooks:AllowHttp", static t => bool.TryParse(t, out _), "true or false", "false"),
        ("Webhooks:AllowPrivateNetworks", static t => bool.TryParse(t, out _), "true or false", "false"),
        ("Spaces:AllowSignatureV2", static t => bool.TryParse(t, out _), "true or false", "false"),
    ];

    /// <summary>Reads and checks the settings.</summary>
    /// <param name="errors">Everything wrong with them, each with the setting's name.</param>
    public static PanelOptions Read(IConfiguration configuration, out IReadOnlyList<string> errors)
    {
        var section = configuration.GetSection(Section);
        var found = new List<string>();
        // The binder stops at the first text that is no number; the rest is to be checked all the same.
        foreach (var (name, isReadable, rule, standIn) in s_notText)
        {
            if (section[name] is { } text && !isReadable(text))
            {
                found.Add($"{Section}:{name} must be {rule}, not {text}.");
                section[name] = standIn;
            }
        }

        var options = section.Get<PanelOptions>() ?? new PanelOptions();
        found.AddRange(new PanelOptionsValidator().Validate(null, options).Failures ?? []);
        errors = found;
        return options;
    }

    /// <summary>The store.</summary>
    public sealed class StoreOptions
    {
        /// <summary>A PostgreSQL connection string; empty: the embedded SQLite in the data folder.</summary>
        public string Postgres { get; set; } = "";
    }

    /// <summary>The Spaces gateway.</summary>
    public sealed class SpacesOptions
    {
        /// <summary>Domains under which <c>bucket.domain</c> names a bucket; none: path style alone.</summary>
        public List<string> Domains { get; set; } = [];

        /// <summary>Whether Signature V2 is taken (older clients, and s3cmd's links).</summary>
        public bool AllowSignatureV2 { get; set; } = true;

        /// <summary>The regions taken in signatures; none: any, because clients without a region send their own default.</summary>
        public List<string> Regions { get; set; } = [];
    }

    /// <summary>How long what was seen of calls is kept.</summary>
    public sealed class RetentionOptions
    {
        /// <summary>Days for which calls by the hour and callers by the day are kept: 31 to 3650. Pages show 30.</summary>
        public int UsageDays { get; set; } = 90;

        /// <summary>Refused uses that are kept, the newest: 1,000 to 10,000,000.</summary>
        public int RefusedUses { get; set; } = 100_000;
    }

    /// <summary>Where webhooks may be sent to. Unless set: to public addresses, with TLS.</summary>
    public sealed class WebhookOptions
    {
        /// <summary>Whether receivers may be called without TLS: everybody on the way reads and alters what they are told.</summary>
        public bool AllowHttp { get; set; }

        /// <summary>
        /// Whether receivers may stand in private networks. Owners of any team then choose what this server connects to in
        /// there. Never this machine itself, nor addresses at which clouds hand out credentials.
        /// </summary>
        public bool AllowPrivateNetworks { get; set; }
    }

    /// <summary>The mail server that takes invitations and tells of expiring keys; none unless set.</summary>
    public sealed class MailOptions
    {
        /// <summary>Its name; empty: no mail is sent, and links are handed over by hand.</summary>
        public string Host { get; set; } = "";

        /// <summary>Its port; 587 (submission, RFC 6409) unless set.</summary>
        public int Port { get; set; } = 587;

        /// <summary>
        /// Whether TLS must be begun before anything is sent (RFC 3207). Without it there is no user name either: a password
        /// would be sent for everybody on the way to read.
        /// </summary>
        public bool StartTls { get; set; } = true;

        /// <summary>Who signs in at the mail server; empty: nobody.</summary>
        public string UserName { get; set; } = "";

        public string Password { get; set; } = "";

        /// <summary>The sender, such as <c>ControlPanel &lt;panel@example.com&gt;</c>.</summary>
        public string From { get; set; } = "";
    }

    /// <summary>The inference gateway.</summary>
    public sealed class InferenceOptions
    {
        /// <summary>
        /// The longest body in which the model is looked for, in bytes; 32 MiB unless set. A longer one is answered 413:
        /// what was not read cannot be judged. Files and batches pass without being read.
        /// </summary>
        public int MaxBodyBytes { get; set; } = 32 * 1024 * 1024;

        /// <summary>Whether keys for all models may call paths below <c>/v1</c> that the gateway does not know.</summary>
        public bool AllowUnknownPaths { get; set; }
    }

    /// <summary>The addresses that clients use when a proxy stands in front; empty: the listening address.</summary>
    public sealed class PublicOptions
    {
        public string Panel { get; set; } = "";

        public string Functions { get; set; } = "";

        public string Spaces { get; set; } = "";

        public string Inference { get; set; } = "";
    }
}

/// <summary>Finds everything wrong at once, each with the setting's name.</summary>
public sealed class PanelOptionsValidator : IValidateOptions<PanelOptions>
{
    public ValidateOptionsResult Validate(string? name, PanelOptions options)
    {
        var errors = new List<string>();
        if (!IPAddress.TryParse(options.Listen, out _))
        {
            errors.Add($"ControlPanel:Listen must be an IP address, not {options.Listen}.");
        }

        if (options.LeaseSeconds is not (>= 1 and <= 60))
        {
            errors.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"ControlPanel:LeaseSeconds must be from 1 to 60, not {options.LeaseSeconds}."
                )
            );
        }

        if (options.Inference.MaxBodyBytes is not (>= 1024 and <= 1024 * 1024 * 1024))
        {
            errors.Add(
                "ControlPanel:Inference:MaxBodyBytes must be from 1024 to 1073741824, "
                    + string.Create(CultureInfo.InvariantCulture, $"not {options.Inference.MaxBodyBytes}.")
            );
        }

        if (options.Retention.UsageDays is not (>= 31 and <= 3650))
        {
            errors.Add("ControlPanel:Retention:UsageDays must be from 31 to 3650.");
        }

        if (options.Retention.RefusedUses is not (>= 1000 and <= 10_000_000))
        {
            errors.Add("ControlPanel:Retention:RefusedUses must be from 1000 to 10000000.");
        }

        if (options.StepUpMinutes is not (> 0 and <= 1440))
        {
            errors.Add("ControlPanel:StepUpMinutes must be more than 0 and at most 1440.");
        }

        if (options.LegacyCutOff.Length > 0 && options.LegacyCutOffAt is null)
        {
            errors.Add($"ControlPanel:LegacyCutOff must be a day such as 2027-03-31, not {options.LegacyCutOff}.");
        }

        for (var i = 0; i < options.TrustedProxies.Count; i++)
        {
            if (!System.Net.IPNetwork.TryParse(options.TrustedProxies[i], out _))
            {
                errors.Add($"ControlPanel:TrustedProxies:{i} must be a CIDR range, not {options.TrustedProxies[i]}.");
            }
        }

        for (var i = 0; i < options.Spaces.Domains.Count; i++)
        {
            if (Uri.CheckHostName(options.Spaces.Domains[i]) != UriHostNameType.Dns)
            {
                errors.Add(
                    $"ControlPanel:Spaces:Domains:{i} must be a host name such as s3.example.com, "
                        + $"not {options.Spaces.Domains[i]}."
                );
            }
        }

        // The text itself stays out of the message: it holds a password.
        if (options.Store.Postgres.Length > 0 && !PostgresStore.IsConnectionString(options.Store.Postgres))
        {
            errors.Add(
                "ControlPanel:Store:Postgres must be a connection string such as Host=db;Database=panel;Username=panel."
            );
        }

        Check(options.Mail, errors);
        Check(options.Public.Panel, "Panel", errors);
        Check(options.Public.Functions, "Functions", errors);
        Check(options.Public.Spaces, "Spaces", errors);
        Check(options.Public.Inference, "Inference", errors);
        return errors.Count > 0 ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;
    }

    private static void Check(PanelOptions.MailOptions mail, List<string> errors)
    {
        if (mail.Host.Length == 0)
        {
            return;
        }

        if (Uri.CheckHostName(mail.Host) == UriHostNameType.Unknown)
        {
            errors.Add($"ControlPanel:Mail:Host must be a host name such as mail.example.com, not {mail.Host}.");
        }

        if (mail.Port is < 1 or > 65535)
        {
            errors.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"ControlPanel:Mail:Port must be from 1 to 65535, not {mail.Port}."
                )
            );
        }

        if (!System.Net.Mail.MailAddress.TryCreate(mail.From, out _))
        {
            errors.Add("ControlPanel:Mail:From must be an e-mail address such as panel@example.com.");
        }

        if (!mail.StartTls && mail.UserName.Length > 0)
        {
            errors.Add("ControlPanel:Mail:UserName needs StartTls: the password would be sent in clear text.");
        }
    }

    private static void Check(string address, string name, List<string> errors)
    {
        if (
            address.Length > 0
            && !(
                Uri.TryCreate(address, UriKind.Absolute, out var uri)
                && uri.Scheme is ("http" or "https")
                && uri.PathAndQuery == "/"
            )
        )
        {
            errors.Add($"ControlPanel:Public:{name} must be an address such as https://panel.example.com.");
        }
    }
}
