using ControlPanel.Verification.SigV4;

namespace ControlPanel.Verification.S3;

/// <summary>
/// Says what a request does and what it needs. Reads the table, then lets the headers raise the need: nothing lowers
/// it. Pure; the same head always gives the same answer.
/// </summary>
public static class S3Classifier
{
    /// <summary>Classifies a request.</summary>
    /// <param name="head">The head as received.</param>
    /// <param name="address">Its address.</param>
    /// <param name="addressing">The rules the address was read by; copy sources are read by them too.</param>
    public static S3Request Classify(in S3RequestHead head, in S3Address address, S3Addressing addressing)
    {
        if (address.Level is S3Level.Refused)
        {
            return S3Request.Refused(address.Refusal is S3Refusal.None ? S3Refusal.MalformedTarget : address.Refusal);
        }

        var parameters = S3Parameters.Read(head);
        if (parameters.IsMalformed)
        {
            return S3Request.Refused(S3Refusal.MalformedTarget);
        }

        if (parameters.IsSideInterface || (address.Level is S3Level.Service && head.Method == "POST"))
        {
            return S3Request.Refused(S3Refusal.SideInterface);
        }

        if (!IsMethodOf(address.Level, head.Method))
        {
            return S3Request.Refused(S3Refusal.Method);
        }

        if (head.Method == "OPTIONS")
        {
            return new S3Request(S3Operation.CorsPreflight, S3Right.None, Source: null, S3Refusal.None);
        }

        var row = Find(head, address.Level, parameters);

        // Without a bucket there is nothing a limited key could have been granted.
        if (address.Level is S3Level.Object && address.Bucket.Length == 0)
        {
            row = row with { Operation = S3Operation.Unknown, Right = S3Right.FullAccess };
        }

        return WithSource(row.Operation, Raise(row.Right, parameters), parameters, addressing);
    }

    /// <summary>
    /// The right that a form's <c>acl</c> field needs, by the same rule as the header <c>x-amz-acl</c>.
    /// </summary>
    /// <param name="acl">The value, or <see langword="null"/> when there is none.</param>
    public static S3Right RightOfAcl(string? acl) =>
        acl switch
        {
            null or "private" => S3Right.None,

            // Making an object public is part of writing it: the service lets writers do so.
            "public-read"
            or "public-read-write"
            or "authenticated-read"
            or "aws-exec-read"
            or "bucket-owner-read"
            or "bucket-owner-full-control"
            or "log-delivery-write" => S3Right.ReadWrite,
            _ => S3Right.FullAccess,
        };

    private static bool IsMethodOf(S3Level level, string method) =>
        level is S3Level.Service
            ? method is "GET" or "HEAD"
            : method is "GET" or "HEAD" or "PUT" or "POST" or "DELETE" or "OPTIONS";

    private static S3OperationTable.Row Find(in S3RequestHead head, S3Level level, S3Parameters parameters)
    {
        var names = parameters.SubResources;
        if (names.Contains("partNumber"))
        {
            if (level is S3Level.Object && head.Method == "PUT" && names.Remove("uploadId"))
            {
                names.Remove("partNumber");
                names.Add(S3OperationTable.Part);
            }
            else if (level is S3Level.Object && head.Method is "GET" or "HEAD")
            {
                names.Remove("partNumber");
            }
        }
        else if (head.Method == "PUT" && names.Contains("uploadId"))
        {
            return new S3OperationTable.Row(level, head.Method, "uploadId", S3Operation.Unknown, S3Right.FullAccess);
        }

        if (names.Contains("select"))
        {
            names.Remove("select-type");
        }

        if (names.Count == 0)
        {
            return IsForm(head, level)
                ? new S3OperationTable.Row(level, head.Method, "", S3Operation.PostObject, S3Right.ReadWrite)
                : S3OperationTable.Find(level, head.Method, "");
        }

        // Several at once: nobody knows which one an upstream takes, so the most demanding one counts.
        S3OperationTable.Row? most = null;
        foreach (var name in names)
        {
            var row = S3OperationTable.Find(level, head.Method, name);
            if (most is null || row.Right > most.Right || row.Operation is S3Operation.Unknown)
            {
                most = row;
            }
        }

        return most!;
    }

    private static bool IsForm(in S3RequestHead head, S3Level level) =>
        level is S3Level.Bucket
        && head.Method == "POST"
        && head.Find("content-type") is { } type
        && type.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase);

    private static S3Right Raise(S3Right right, S3Parameters parameters)
    {
        right = Greater(right, RightOfAcl(parameters.Amz("x-amz-acl")));

        // Grants, retention and overriding it are security settings, whatever request carries them.
        if (
            parameters.HasAmzStartingWith("x-amz-grant-")
            || parameters.HasAmzStartingWith("x-amz-object-lock-")
            || parameters.HasAmzStartingWith("x-amz-bypass-governance-retention")
            || parameters.IsAmbiguous
        )
        {
            right = S3Right.FullAccess;
        }

        return right;
    }

    private static S3Request WithSource(
        S3Operation operation,
        S3Right right,
        S3Parameters parameters,
        S3Addressing addressing
    )
    {
        var copy = parameters.Amz("x-amz-copy-source");
        var rename = parameters.Amz("x-amz-rename-source");
        if (copy is null && rename is null)
        {
            return operation is S3Operation.RenameObject
                ? S3Request.Refused(S3Refusal.CopySource)
                : new S3Request(operation, right, Source: null, S3Refusal.None);
        }

        var withSource = (operation, copy, rename) switch
        {
            (S3Operation.PutObject, not null, null) => S3Operation.CopyObject,
            (S3Operation.UploadPart, not null, null) => S3Operation.UploadPartCopy,
            (S3Operation.RenameObject, null, not null) => S3Operation.RenameObject,
            _ => S3Operation.Unknown,
        };

        // A source where none belongs is refused to everyone: some upstream may honour it all the same.
        return
            withSource is not S3Operation.Unknown
            && !parameters.IsAmbiguous
            && CopySource.TryRead(copy ?? rename!, addressing) is { } source
            ? new S3Request(withSource, right, source, S3Refusal.None)
            : S3Request.Refused(S3Refusal.CopySource);
    }

    private static S3Right Greater(S3Right one, S3Right other) => one > other ? one : other;
}
