using System.Net;
using ControlPanel.Data.Usage;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Gateways.ForwardAuth;

/// <summary>What a proxy is told.</summary>
/// <param name="Status">200 lets its client pass.</param>
/// <param name="Key">The key that passed; <see langword="null"/> with 200 where no key is needed.</param>
internal readonly record struct QuestionAnswer(int Status, KeyRecord? Key = null)
{
    /// <summary>
    /// Not said what to verify, or said in a way that two servers read differently: never a yes, and nothing of the
    /// client's to be written down.
    /// </summary>
    public static QuestionAnswer Unclear { get; } = new(StatusCodes.Status403Forbidden);
}

/// <summary>Writes down how questions were answered: every use of a key, and every refusal with its reason.</summary>
internal sealed class QuestionJournal(UsageRecorder usage, RefusalLog refusals)
{
    /// <summary>The client may pass with this key.</summary>
    /// <param name="asked">What was decided on.</param>
    public QuestionAnswer Allow(HttpContext context, KeyRecord key, in AccessRequest asked)
    {
        usage.RecordUse(key, asked, context.Request.Headers.UserAgent.ToString());
        return new QuestionAnswer(StatusCodes.Status200OK, key);
    }

    /// <summary>The client may not pass.</summary>
    /// <param name="key">The key that was presented, when there was one.</param>
    /// <param name="asked">What it asked for and through which proxy; never a secret.</param>
    /// <param name="status">Proxies relay 401 and 403 and turn most others into a failure of their own.</param>
    public QuestionAnswer Refuse(
        HttpContext context,
        KeyFamily family,
        DenialReason reason,
        KeyRecord? key,
        string asked,
        IPAddress? client,
        int status
    )
    {
        refusals.Record(
            new RefusedRequest(
                context.TraceIdentifier,
                family,
                reason,
                key,
                asked,
                client,
                context.Request.Headers.UserAgent.ToString()
            )
        );
        if (key is not null)
        {
            usage.RecordRefusal(key);
        }

        return new QuestionAnswer(status);
    }
}
