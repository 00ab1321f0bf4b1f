namespace ControlPanel.Verification.SigV4;

/// <summary>Holds the fields of a form against its policy.</summary>
internal static class PostPolicyCheck
{
    private const string FileNameVariable = "${filename}";

    /// <summary>
    /// Checks the conditions. Every field must be mentioned by one, except those that carry the signature itself and
    /// those the protocol tells servers to ignore.
    /// </summary>
    public static PostUpload Check(PostForm form, PostPolicy policy, string bucket, string fileName, DateTimeOffset now)
    {
        if (now > policy.Expiration)
        {
            return PostUpload.Refused(SignatureRefusal.PolicyExpired);
        }

        if (!form.Fields.TryGetValue("key", out var key))
        {
            return PostUpload.Refused(SignatureRefusal.PolicyCondition);
        }

        key = key.Replace(FileNameVariable, FileName(fileName), StringComparison.Ordinal);
        if (key.Length == 0 || (form.Fields.TryGetValue("bucket", out var named) && named != bucket))
        {
            return PostUpload.Refused(SignatureRefusal.PolicyCondition);
        }

        var min = 0L;
        var max = long.MaxValue;
        HashSet<string> covered = new(StringComparer.OrdinalIgnoreCase);
        foreach (var condition in policy.Conditions)
        {
            var holds = condition switch
            {
                PostCondition.Equal equal => Value(equal.Field) == equal.Value,
                PostCondition.StartsWith start => Value(start.Field).StartsWith(start.Value, StringComparison.Ordinal),
                PostCondition.LengthRange range => Narrow(range),
                _ => false,
            };
            if (!holds)
            {
                return PostUpload.Refused(SignatureRefusal.PolicyCondition);
            }
        }

        foreach (var name in form.Fields.Keys)
        {
            if (!covered.Contains(name) && !NeedsNoCondition(name))
            {
                return PostUpload.Refused(SignatureRefusal.PolicyFieldNotCovered);
            }
        }

        // A form may name its bucket by its address alone, but the policy must name it.
        return covered.Contains("bucket") && covered.Contains("key")
            ? PostUpload.Allowed(key, form.Fields.GetValueOrDefault("acl"), min, max)
            : PostUpload.Refused(SignatureRefusal.PolicyCondition);

        string Value(string field)
        {
            covered.Add(field);
            return field.Equals("bucket", StringComparison.OrdinalIgnoreCase) ? bucket
                : field.Equals("key", StringComparison.OrdinalIgnoreCase) ? key
                : form.Fields.GetValueOrDefault(field, "");
        }

        bool Narrow(PostCondition.LengthRange range)
        {
            min = Math.Max(min, range.Min);
            max = Math.Min(max, range.Max);
            return min <= max;
        }
    }

    private static bool NeedsNoCondition(string name) =>
        name.Equals("policy", StringComparison.OrdinalIgnoreCase)
        || name.Equals("x-amz-signature", StringComparison.OrdinalIgnoreCase)
        || name.Equals("signature", StringComparison.OrdinalIgnoreCase)
        || name.Equals("AWSAccessKeyId", StringComparison.OrdinalIgnoreCase)
        || name.Equals("bucket", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("x-ignore-", StringComparison.OrdinalIgnoreCase);

    // Browsers once sent whole paths; only the last part is the name.
    private static string FileName(string fileName) => fileName[(fileName.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
}
