using System.Globalization;
using ControlPanel.Data.Snapshots;

namespace ControlPanel.Shared;

/// <summary>The proof of a change in words: on how many nodes it is in force, and how soon it was.</summary>
public static class Receipts
{
    /// <summary><c>Revoked. Refused on 2 of 2 nodes after 12 ms.</c></summary>
    public static string Revoked(Receipt receipt) => Say("Revoked", receipt);

    /// <summary>The same with another verb first.</summary>
    public static string Say(string verb, Receipt receipt)
    {
        var nodes = receipt.Nodes.Count;
        var milliseconds = Math.Ceiling(receipt.Elapsed.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        var text = $"{verb}. Refused on {nodes} of {nodes} {(nodes == 1 ? "node" : "nodes")} after {milliseconds} ms.";
        var silent = receipt.Nodes.Where(n => n.ByLease).Select(n => n.Node).ToList();
        return silent.Count == 0
            ? text
            : $"{text} {string.Join(", ", silent)} did not answer and refuses everything until it is in touch again.";
    }
}
