using System.Globalization;
using System.Xml.Linq;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Gateways.Spaces;

/// <summary>The list of buckets as a limited key may see it: those that it is granted, and no others.</summary>
internal static class GrantedBuckets
{
    private static readonly XNamespace s_s3 = "http://s3.amazonaws.com/doc/2006-03-01/";

    public static Task WriteAsync(HttpContext context, KeyRecord key, ISpacesDirectory directory)
    {
        var scope = (KeyScope.Buckets)key.Scope;
        var team = key.TeamId.ToString("N");
        return S3Replies.WriteXmlAsync(
            context,
            StatusCodes.Status200OK,
            new XElement(
                s_s3 + "ListAllMyBucketsResult",
                new XElement(s_s3 + "Owner", new XElement(s_s3 + "ID", team), new XElement(s_s3 + "DisplayName", team)),
                new XElement(
                    s_s3 + "Buckets",
                    directory
                        .BucketsOf(key.TeamId)
                        .Where(b => scope.On(b.Name) >= BucketRight.Read)
                        .Select(b => new XElement(
                            s_s3 + "Bucket",
                            new XElement(s_s3 + "Name", b.Name),
                            new XElement(
                                s_s3 + "CreationDate",
                                b.CreatedAt.UtcDateTime.ToString(
                                    "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                                    CultureInfo.InvariantCulture
                                )
                            )
                        ))
                )
            )
        );
    }
}
