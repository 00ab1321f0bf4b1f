using ControlPanel.Data.Model;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Data.Usage;

/// <summary>What the calls of one key needed since the last flush. Not thread-safe: its holder has a lock.</summary>
internal sealed class GatheredNeeds
{
    /// <summary>
    /// How many different things are kept of one key, here and in the store: more than a key can be granted (100 buckets
    /// to read and to write), so that what overflows could not be narrowed anyway.
    /// </summary>
    public const int Most = 256;

    private static readonly (string, string) s_many = ("", KeyNeed.Many);

    private readonly Dictionary<(string Resource, string Permission), Need> _needs = [];

    /// <summary>Everything, in one order on every node.</summary>
    public IEnumerable<(string Resource, string Permission, Need Need)> All =>
        _needs
            .OrderBy(n => n.Key.Resource, StringComparer.Ordinal)
            .ThenBy(n => n.Key.Permission, StringComparer.Ordinal)
            .Select(n => (n.Key.Resource, n.Key.Permission, n.Value));

    /// <summary>Adds what an allowed request was decided on. Allocates nothing for what was met before.</summary>
    public void Add(KeyFamily family, in AccessRequest asked, DateTimeOffset now)
    {
        switch (asked.Family)
        {
            case KeyFamily.Spaces:
                AddSpaces(asked, now);
                break;
            case KeyFamily.Inference when family is KeyFamily.Api:
                // Models are open to tokens with full access and to no others.
                Add("", KeyNeed.All, now);
                break;
            case KeyFamily.Inference:
                AddInference(asked, now);
                break;
            case KeyFamily.Api when asked.Scopes is { Count: > 0 } scopes:
                // By index, as the engine does: an enumerator of the interface would be allocated.
                for (var i = 0; i < scopes.Count; i++)
                {
                    Add(scopes[i], KeyNeed.Scope, now);
                }

                break;
            default:
                Add("", KeyNeed.None, now);
                break;
        }
    }

    private void AddSpaces(in AccessRequest asked, DateTimeOffset now)
    {
        if (asked.Bucket is not { } bucket)
        {
            Add("", asked.Right > BucketRight.Read ? KeyNeed.FullAccess : KeyNeed.List, now);
            return;
        }

        Add(bucket, PermissionOf(asked.Right), now);
        if (asked.SourceBucket is { } source)
        {
            Add(source, PermissionOf(asked.SourceRight), now);
        }
    }

    private void AddInference(in AccessRequest asked, DateTimeOffset now)
    {
        switch (asked.Endpoint)
        {
            case InferenceEndpoint.Catalogue:
                Add("", KeyNeed.None, now);
                break;
            case InferenceEndpoint.Model when asked.Model is { } model:
                Add(model, KeyNeed.Use, now);
                break;
            case InferenceEndpoint.Batch:
                Add("", KeyNeed.Batch, now);
                break;
            default:
                Add("", KeyNeed.All, now);
                break;
        }
    }

    private static string PermissionOf(BucketRight right) =>
        right switch
        {
            BucketRight.None => KeyNeed.None,
            BucketRight.Read => KeyNeed.Read,
            BucketRight.ReadWrite => KeyNeed.ReadWrite,
            _ => KeyNeed.FullAccess,
        };

    private void Add(string resource, string permission, DateTimeOffset now)
    {
        var need = (resource, permission);
        if (!_needs.TryGetValue(need, out var seen) && _needs.Count >= Most)
        {
            need = s_many;
            _needs.TryGetValue(need, out seen);
        }

        _needs[need] = seen.Calls == 0 ? new Need(1, now, now) : seen with { Calls = seen.Calls + 1, Last = now };
    }

    internal readonly record struct Need(long Calls, DateTimeOffset First, DateTimeOffset Last);
}
